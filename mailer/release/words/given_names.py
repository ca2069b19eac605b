"""Given names: first names that tell a person from a body or a place.

Owns a table of common ones in the languages of `LANGUAGES`. Only helps where the form leaves a doubt; a person whose
name is not here is known by what stands around it.
"""

from __future__ import annotations

_NAMES = """
    Aaron Abby Abdul Abdullah Abel Abigail Abraham Ada Adam Adama Adela Adele Adeline Adolf Adolfo Adrian Adriana
    Adriano Adrien Adrienne Adèle Afonso Agata Agatha Agathe Agnes Agnese Agnieszka Agnès Agustín Ahmad Ahmed Aida
    Aidan Aimée Ainhoa Aisha Aisling Aitana Aitor Aki Akiko Akira Alain Alan Alana Alastair Alba Albert Alberta
    Alberto Albrecht Alejandra Alejandro Aleksandra Alena Alessandra Alessandro Alessia Alessio Alex Alexa Alexander
    Alexandra Alexandre Alexia Alexis Alfie Alfons Alfonso Alfred Alfredo Ali Alice Alicia Alina Aline Alisha Alison
    Alistair Allan Allen Allison Alma Alois Alonso Alva Alwin Alyssa Amal Amalia Amanda Amandine Amaya Amber Amelia
    Amina Amir Amos Amparo Amy Amélie Ana Anaïs Anders Andrea Andreas Andreea Andreia Andrew Andrzej André Andrés
    Andy Anette Angel Angela Angelika Angelina Angelo Angus Angélica Anh Aniek Anita Anja Anke Ann Anna Annabel
    Annabelle Annalisa Anne Anneke Annelies Anneliese Annemarie Annemieke Annette Annick Annie Annika Anouk Ansgar
    Anthony Antje Antoine Antoinette Anton Antonella Antonia Antonio António Antônio Anya Apostolos Araceli
    Ariadna Ariana Ariane Ariel Arjan Arlette Armand Armando Armin Arnaud Arne Arnold Arthur Artur Arturo Arun Asha
    Ashley Asif Astrid Aude Audrey August Augusto Aurelia Aurora Aurélie Aurélien Austin Axel Aya Ayako Ayesha Ayşe
    Azra Baptiste Barbara Barnaby Barry Bart Bartosz Bas Basil Bastian Beate Beatrice Beatrix Beatriz Beau Becky
    Begoña Belinda Belén Ben Benedetta Benedict Benedikt Bengt Benita Benito Benjamin Benjamín Benno Benoit Benoît
    Berend Bernadette Bernard Bernardo Bernd Bernhard Bernice Bert Bertha Berthold Bertrand Beryl Bess Beth Bethany
    Betina Betsy Bettina Betty Beverley Beverly Bianca Bill Billy Birgit Birgitta Björn Blake Blanca Blanche Bo Bob
    Bobby Bonnie Boris Brad Bradley Bram Brandon Branka Brenda Brendan Brent Brett Brian Bridget Brigitte Britta
    Brooke Bruce Bruno Bryan Bryony Burkhard Bárbara Béatrice Børge Caio Caitlin Caleb Callum Calum Cameron Camila
    Camilla Camille Camilo Candice Cara Carina Carine Carl Carla Carlo Carlos Carlota Carly Carme Carmela Carmelo
    Carmen Carol Carola Carole Carolin Carolina Caroline Carolyn Carrie Carsten Casey Caspar Cassandra Cassie Catalina
    Catarina Caterina Catherine Cathleen Cathrin Cathy Cecilia Cecilie Cedric Celia Celine Cesare Chantal Charlene
    Charles Charlie Charlotte Chelsea Cheryl Chiara Chidi Chloe Chloé Chris Christa Christel Christelle Christian
    Christiane Christina Christine Christof Christoph Christophe Christopher Chuck Cindy Ciro Claes Claire Clara Clare
    Clarence Clarissa Claude Claudia Claudine Claudio Claus Clemens Cliff Clifford Clive Clotilde Cláudia Cláudio
    Clémence Clément Cody Colette Colin Colleen Concepción Concha Connie Connor Conny Conrad Constance Constantin
    Constanze Cora Coralie Cordula Corinna Corinne Cornelia Cornelis Cornelius Corrado Cory Cosima Cosimo Courtney
    Craig Cristian Cristiana Cristiano Cristina Cristóbal Curtis Cynthia Cyril Cyrille Cyrus Cécile Cédric Céleste
    Célia Céline César Dafne Dagmar Daisy Dale Damian Damiano Damien Damon Dan Dana Daniel Daniela Daniele Danielle
    Danilo Danièle Danny Daphne Dara Daria Dario Darius Darlene Darragh Darren Daryl Darío Dave David Davide Dawn Dean
    Debbie Deborah Declan Deepa Deirdre Delia Delphine Denis Denise Dennis Derek Desirée Desmond Detlef Diana Diane
    Diarmuid Diego Dieter Dietmar Dietrich Dilip Dilys Dimitri Dina Dino Diogo Dionne Dirk Djamila Dolores Domingo
    Dominic Dominik Dominika Dominique Don Donald Donatella Donna Dora Doreen Dorian Doris Dorothea Dorothee Dorothy
    Doug Douglas Duarte Duncan Dustin Dwayne Dylan Débora Dörte Eamon Earl Ebba Eberhard Ebony Eckart Eckhard Ed Eddie
    Edgar Edith Edmond Edmund Edna Edoardo Edouard Eduard Eduarda Eduardo Edward Edwin Efraín Egon Eileen Eira Eitan
    Ekaterina Elaine Elba Eleanor Elena Eleni Eleonora Elfriede Eli Elia Eliane Elias Elie Elif Elina Elio Elisa
    Elisabeth Elisabetta Elise Eliza Elizabeth Elke Ella Elle Ellen Ellie Elliot Elliott Elodie Elsa Elsbeth Else
    Elspeth Elvira Ely Eléonore Emanuel Emanuela Emanuele Emer Emil Emile Emilia Emiliano Emilie Emilio Emily Emma
    Emmanuel Emmanuelle Emre Emrys Encarna Enno Enric Enrica Enrico Enrique Enya Enzo Eric Erica Erich Erick Erik
    Erika Erin Ernest Ernesto Ernst Erwan Erwin Esmee Esmé Esperanza Esteban Estefanía Estela Estelle Ester Esther
    Eszter Ethan Etienne Ettore Eugen Eugene Eugenia Eugenio Eugénie Eunice Eva Evan Evangelos Eve Evelien Eveline
    Evelyn Evelyne Everett Evert Ewa Ewald Ewan Ezio Ezra Fabian Fabiana Fabiano Fabien Fabienne Fabio Fabiola Fabrice
    Fabrizio Faith Falk Fanny Farah Faruk Fatih Fatima Fatou Faye Federica Federico Felicia Felicitas Felicity Felipa
    Felipe Felix Femke Ferdinand Fergus Fernanda Fernando Fidel Filip Filipa Filipe Filippo Fiona Fionn Flavia Flavio
    Fleur Floor Flora Florence Florencia Florent Florian Floriane Floris Flávia Flávio Frances Francesca Francesco
    Francis Francisca Francisco Franck Franco Francois Frank Franka Franklin Franz Franziska François Françoise Fred
    Freda Freddie Frederic Frederick Frederico Frederik Frederike Freek Freya Frida Frieda Friederike Friedhelm
    Friedrich Frits Fritz Frode Frédéric Frédérique Fulvio Fábio Fátima Félix Gabriel Gabriela Gabriele Gabriella
    Gabrielle Gaetano Gail Garance Gareth Garrett Gary Gaspar Gavin Gavino Gaël Gaëlle Geert Geertje Gemma Gene
    Geneviève Geoff Geoffrey Geoffroy Georg George Georges Georgia Georgie Georgina Georgios Gerald Geraldine Gerard
    Gerardo Gerd Gerda Gerhard Gerlinde Germán Gernot Gerrit Gerry Gert Gertrud Gesa Gesine Ghislain Ghislaine Giacomo
    Giada Giampiero Giancarlo Gianfranco Gianluca Gianluigi Gianmarco Gianna Gianni Giles Gill Gillian Gina Ginevra
    Gino Giorgia Giorgio Giovanna Giovanni Gisela Gisèle Gita Gitte Giulia Giuliana Giuliano Giulio Giuseppe
    Giuseppina Gladys Glen Glenda Glenn Gloria Glyn Glória Gonzalo Gonçalo Goran Gordon Grace Graciela Graeme Graham
    Grainne Grant Grazia Graça Grażyna Greg Gregoire Gregor Gregory Greta Gretchen Griet Grit Grégoire Grégory Gudrun
    Guido Guilherme Guillaume Guillermo Gundula Gunnar Gunter Gus Gustav Gustavo Guy Gwen Gwendolyn Gwyneth Gwynne
    Gérald Géraldine Gérard Günter Günther Hadley Haiko Hakan Hal Hamish Hamza Hana Hank Hanna Hannah Hanne Hannelore
    Hannes Hans Hans-Jürgen Harald Harlan Harold Harri Harriet Harrison Harry Hartmut Haruka Haruki Haruto Harvey
    Hassan Hazel Heather Hector Hedwig Heidi Heike Heiko Heiner Heinrich Heinz Helder Helen Helena Helene Helga Helge
    Hella Helmut Helmuth Heloisa Hendrik Hendrika Henk Henning Henri Henriette Henrik Henrike Henrique Henry Herbert
    Heribert Herman Hermann Hermine Hernán Hervé Hetty Hideki Hideo Hilary Hilda Hilde Hildegard Hillary Hiro Hiroki
    Hiroko Hiroshi Holger Holly Honor Hope Horst Howard Hubert Hugh Hugo Humberto Hussein Huw Hyacinth Héctor Hélder
    Hélène Iain Ian Ibrahim Ichiro Ida Ignacio Ignazio Igor Ilaria Ilona Ilse Imani Imke Imogen Imran Ina Ines Inga
    Inge Ingeborg Ingo Ingolf Ingrid Inigo Inka Inken Inés Inês Ioana Iolanda Irene Irina Iris Irma Irmela Irmgard
    Irène Isa Isaac Isabel Isabela Isabella Isabelle Isadora Isaiah Isaura Isidro Isis Ismael Isobel Isolde Itziar
    Ivan Ivana Ivo Ivonne Iván Izabela Iñaki Jaap Jack Jackie Jackson Jacky Jacob Jacqueline Jacques Jacqui Jade
    Jagoda Jaime Jake Jakob Jakub Jamal James Jamie Jan Jana Jane Janek Janet Janice Janina Janine Janis Janne Janneke
    Jannik Jannis Jared Jarno Jasmin Jasmine Jason Jasper Javier Jay Jayne Jean Jean-Baptiste Jean-Claude Jean-Luc
    Jean-Marc Jean-Marie Jean-Michel Jean-Paul Jean-Pierre Jeanette Jeanine Jeanne Jeannette Jeff Jeffrey Jelena Jelle
    Jemima Jemma Jen Jenna Jennifer Jenny Jens Jens-Uwe Jeremiah Jeremias Jeremy Jeroen Jerome Jerry Jesper
    Jess Jesse Jessica Jessie Jesús Jet Jill Jillian Jim Jimena Jimmy Jo Joachim Joan Joana Joanna Joanne Joaquim
    Joaquín Jocelyn Jochen Jodie Jody Joe Joel Joep Joey Johan Johann Johanna Johannes John Johnny Jolanda Jolanta
    Jon Jonas Jonathan Jony Joost Jordan Jordi Jorge Joris Josef Josefa Josefina Josefine Joseph Josephine Josette
    Josh Joshua Josiane Josie Josua José Joséphine Joy Joyce João Joël Joëlle Juan Juana Juanita Judit Judith Judy
    Juha Jules Julia Julian Juliana Juliane Julianne Julie Julien Julienne Juliet Juliette Julio Julius Julián Jun
    June Jurgen Juri Jurjen Justin Justine Justyna Jutta Jérémie Jérémy Jérôme Jörg Jörn Júlia Júlio Jürgen Kai Kamal
    Kamila Kaori Kara Karel Karen Karim Karin Karina Karine Karl Karl-Heinz Karla Karlheinz Karolin Karolina Karsten
    Kaspar Kasper Kata Katalin Kate Katerina Katharina Katharine Katherine Kathleen Kathrin Kathryn Kathy Katia Katie
    Katja Katrien Katrijn Katrin Katrina Katsumi Kay Kayla Kayleigh Kazuki Kazuko Kees Keiko Keith Kelly Kelsey Ken
    Kenji Kenneth Kenta Kenzo Kerry Kerstin Kevin Khadija Khaled Kiara Kieran Kilian Kim Kimberly Kira Kirk Kirsten
    Kirstin Kirsty Kit Kitty Klaas Klara Klaus Klaus-Peter Knut Konrad Konstantin Konstantinos Kris Krista Kristian
    Kristin Kristina Kristine Krystyna Krzysztof Kurt Kyle Kylie Kyoko Käthe Lachlan Lara Larissa Larry Lars Latoya
    Laura Laure Laurel Lauren Laurence Laurens Laurent Lauri Laurie Lavinia Lawrence Lea Leah Leander Leandro Leanne
    Lee Leif Leigh Leila Lena Lennart Lenny Leo Leon Leona Leonard Leonardo Leonhard Leonie Leonor Leonora Leopold
    Leopoldo Leroy Lesley Leslie Leticia Letizia Letícia Lev Levi Lewis Lex Leyla Lia Liam Lidia Lieke Liesbeth Liese
    Liesel Lieselotte Lieven Lila Lili Lilian Liliana Liliane Lilly Lily Lin Lina Linda Lindsay Lindsey Linn
    Linus Lionel Lisa Lisbeth Lise Lisette Livia Liz Liza Lizzie Lloyd Lluís Logan Lois Lola Lore Loredana Lorena
    Lorenz Lorenza Lorenzo Loretta Lori Lorna Lorraine Lothar Lotta Lotte Lou Louis Louisa Louise Loïc Luc Luca Lucas
    Lucia Luciana Luciano Lucie Lucien Lucienne Lucile Lucinda Lucio Lucrezia Lucy Lucía Ludger Ludivine Ludovic
    Ludovica Ludwig Luigi Luis Luisa Luise Luiz Lukas Luke Lutz Luuk Luz Luís Luísa Lydia Lydie Lyle Lynda Lynn Lynne
    Léa Léo Léon Léonie Lídia Lúcia Lúcio Maaike Maarten Mabel Macarena Maddalena Maddie Madeleine Madeline Madison
    Mads Mae Maeve Magali Magda Magdalena Maggie Magnus Mahmoud Maia Maike Maisie Maite Maja Malcolm Malika Malin
    Malte Mamadou Mandy Manfred Manish Manon Manuel Manuela Mara Marc Marc-André Marcel Marcela Marceli Marcella
    Marcelle Marcello Marcelo Marcia Marcin Marco Marcos Marcus Marek Maren Margaret Margareta Margarete Margarethe
    Margarida Margarita Margaux Margherita Margit Margot Margret Margriet Marguerite Mari Maria Mariam Marian Mariana
    Marianna Marianne Mariano Maribel Marie Marie-Christine Marie-Claire Marie-Laure Marie-Louise Marieke Marielle
    Marietta Mariette Marija Marijke Mariko Marilena Marilyn Marin Marina Mario Marion Marisa Marisol Marissa Marit
    Marius Marja Marjan Marjolein Marjorie Mark Markus Marleen Marlene Marlies Marloes Marlon Marlène Marsha Marta
    Martha Marthe Martial Martijn Martin Martina Martine Martín Marvin Mary Maryam Maryse María Masako Massimiliano
    Massimo Mat Matej Mateo Mateus Mateusz Matheus Mathias Mathieu Mathilda Mathilde Mathis Matilda Matilde Mats Matt
    Matteo Matthew Matthias Matthieu Matthijs Matías Maud Maude Maura Maureen Maurice Mauricio Maurizio Mauro Maurício
    Max Maxim Maxime Maximilian Maxine May Maya Mayumi Maïté Mechthild Meg Megan Mehmet Mei Meike Meinhard Mel Melanie
    Melina Melinda Melissa Melody Menno Mercedes Meredith Merete Merle Merve Mia Micaela Micha Michael Michaela Michal
    Michał Michel Michela Michelangelo Michele Michelle Michèle Midori Mieke Miguel Mika Mikael Mike Mikel Mikhail
    Milan Milena Miles Millie Milly Milo Milton Mimi Mina Mindy Minna Mira Miranda Mireia Mireille Mirella Miriam
    Mirja Mirjam Mirko Miroslav Misaki Mitch Mitchell Miyuki Mohamed Mohammad Mohammed Moira Moisés Molly Mona Monica
    Monika Monique Montserrat Morag Morgan Moritz Morten Moses Muhammad Muriel Murray Mustafa Mya Myra Myriam Myrtle
    Márcia Márcio Mário Mélanie Mélissa Mónica Mônica Nadia Nadine Nadja Nadège Nael Naima Nan Nana Nancy Naomi Narges
    Natacha Natalia Natalie Natascha Natasha Nathalie Nathan Nathaniel Natália Naïma Neal Ned Neil Nele Nell Nellie
    Nelson Nerea Neus Neville Niall Niamh Niccolò Nicholas Nick Nicky Nicola Nicolai Nicolas Nicole Nicoletta
    Nicolette Nicolás Nicolò Niek Niels Nieves Nigel Niklas Niko Nikolai Nikolaus Nils Nina Nino Nisha Noa Noah Noelia
    Noemi Noor Nora Norbert Noreen Norma Norman Noé Noémie Noël Nuno Nuria Nurit Nyree Núria Oana Octavia Octavio
    Odette Odile Olaf Olav Ole Olga Oliver Olivia Olivier Ollie Olof Olympia Omar Omer Oona Ophelia Oriol Orla Orlando
    Ornella Orsola Oscar Oskar Osvaldo Oswald Otis Ottavia Ottavio Otto Otávio Owen Paco Padraig Paige Paloma Pam
    Pamela Paola Paolo Pascal Pascale Pat Patience Patrice Patricia Patricio Patrick Patrizia Patrícia Patty Paul
    Paula Paulette Paulina Pauline Paulo Pavel Pawel Paweł Payton Pedro Peer Peggy Penelope Penny Percy Perrine
    Pete Peter Petra Petter Phil Philip Philipp Philippa Philippe Phillip Phoebe Phyllis Pia Piedad Pier Pierluigi
    Pierre Pierre-Yves Pierrette Pieter Pietro Pilar Pim Pina Piotr Pippa Poppy Pradeep Preeti Priscila Priscilla
    Priya Prudence Quentin Quincy Quinn Rachel Rachele Radek Rafael Rafaela Raffaele Raffaella Raheem Rahel Rainer Raj
    Rajesh Ralf Ralph Ramiro Ramona Ramón Randall Randy Raphael Raphaël Raphaëlle Raquel Rashid Rasmus Raul Ravi Ray
    Raymond Raúl Rebeca Rebecca Rebekah Reggie Regina Reginald Reiner Reinhard Reinhold Remco Renaat Renata Renate
    Renato Renaud Renzo René Renée Reto Rhian Rhiannon Rhoda Rhys Ria Ricarda Ricardo Riccarda Riccardo Richard Rick
    Rickard Ricky Rico Rieke Rik Rika Rita Rob Robbert Robbie Robert Roberta Roberto Robin Robyn Rocco Rocío Rod
    Roderick Rodney Rodolfo Rodrigo Roel Roger Rogério Rohan Roland Rolf Romain Roman Romana Romane Romeo Romina Romy
    Ron Ronald Ronan Ronja Ronny Roos Rory Rosa Rosalba Rosalie Rosalind Rosanna Rosaria Rosario Rose Roselyne
    Rosemarie Rosemary Rosi Rosie Roslyn Ross Rowan Rowena Roxana Roxane Roxanne Roy Ruben Ruby Rubén Rudi Rudolf
    Rudolph Rudy Rufus Rui Rupert Russell Rut Ruth Ruud Ryan Ryo Ryota Régine Régis Rémi Rémy Rúben Rüdiger Saba
    Sabina Sabine Sabrina Sadie Sagal Said Sakura Salim Sally Salma Salomé Salvador Salvatore Sam Samantha Samir
    Samira Samuel Samuele Sanda Sander Sandra Sandrine Sandro Sandy Sanjay Sanna Sanne Santiago Saoirse Sara Sarah
    Sascha Sasha Saskia Satoshi Satu Saul Savannah Saïd Scott Sean Sebastian Sebastiano Sebastián Selena Selim Selina
    Selma Serena Serge Sergej Sergio Seth Seán Shana Shane Shannon Sharon Shaun Shauna Shawn Sheila Shelby Shelley
    Sherry Shinji Shirley Shona Shota Shreya Sian Sibylle Sidney Siegfried Sieglinde Sigrid Silja Silke Silvain
    Silvana Silvia Silvio Simeon Simon Simona Simone Simón Sinéad Siobhan Siobhán Sixt Siân Skye Sofia Sofie Sofía
    Solange Solveig Solène Sonia Sonja Sophia Sophie Soraya Spencer Stacey Stacy Stan Stanisław Stanley Stefan
    Stefania Stefanie Stefano Steffen Steffi Stella Stephan Stephanie Stephen Sterling Steve Steven Stewart Stig Stijn
    Stuart Stéphane Stéphanie Sue Sumiko Sunita Suresh Susan Susana Susanna Susanne Susi Susie Suzanne Suzy Sven
    Svenja Svetlana Swantje Sybille Sydney Sylke Sylvain Sylvester Sylvia Sylviane Sylvie Sébastien Sérgio Séverine
    Sílvia Sónia Sônia Sönke Sören Søren Tabea Tabitha Tadeusz Tahir Takashi Takeshi Takuya Tamara Tamika Tamsin Tamás
    Tania Tanja Tanya Tara Tariq Tatiana Tatjana Taylor Ted Teddy Teo Terence Teresa Terry Tess Tessa Thaddeus Thaís
    Thea Theo Theodor Theodora Theodore Theresa Therese Thiago Thibault Thierry Thies Thijs Thilo Thomas Thora Thorben
    Thorsten Théo Thérèse Tia Tiago Tiffany Till Tillmann Tilly Tilman Tilo Tim Timo Timothy Timothée Tina Tine Tineke
    Tito Titus Tjark Tobias Toby Todd Tom Tomasz Tommaso Tommy Tomás Toni Tony Tonya Toon Torben Torsten Tracey Tracy
    Travis Trevor Tricia Trina Tristan Troy Trudi Trudy Tyler Tyrone Tânia Udo Ugo Ulf Uli Ulla Ulrich Ulrik Ulrike
    Umberto Una Unai Urs Ursina Ursula Usha Uta Ute Uwe Valentin Valentina Valentine Valentino Valentín Valeria
    Valerie Valter Valérie Vanessa Vasco Vera Verena Verity Vernon Veronica Veronika Verónica Vicente Vicki Vicky
    Victor Victoria Vikram Viktor Viktoria Vilma Vince Vincent Vincenza Vincenzo Viola Violet Violetta Violette
    Virgilio Virginia Virginie Vitor Vittoria Vittorio Vivian Viviana Vivien Vivienne Vladimir Volker Véronique Víctor
    Vítor Wade Waldemar Wally Walter Wanda Warren Wayne Wendelin Wendy Wenke Werner Wesley Wibke Wiebke Wieland
    Wilbert Wilfried Wilhelm Wilhelmina Will Willa Willem Willemijn William Willow Wilma Wim Winfried Winifred Wolf
    Wolfgang Wolfram Wouter Wyatt Xabier Xander Xavier Ximena Yacine Yael Yann Yannick Yannis Yara Yasmin Yasmina
    Yasmine Yoko Yolanda Yoshiko Youssef Yuka Yukiko Yuko Yumi Yuri Yusuf Yuto Yves Yvette Yvonne Zachary Zahra Zainab
    Zara Zeynep Zita Zoe Zofia Zora Zoé Zoë Zsofia Álvaro Ángel Ángela Édouard Élisa Élisabeth Élise Élodie Émile
    Émilie Éric Étienne Íñigo Óscar Úrsula
"""
GIVEN_NAMES = frozenset(_NAMES.casefold().split())
